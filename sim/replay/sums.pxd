# Types of sums.py, for its compiled form.
import cython

cdef double _HOUR_S, _QUARTER_H, _ROUNDING_PU
cdef Py_ssize_t _SERIES, _PER_HOUR

@cython.final
cdef class Integrals:
    cdef const double[::1] _edges_s
    cdef double[::1] _row
    cdef double[:, ::1] _integrals
    cdef long long[::1] _places
    cdef Py_ssize_t _count, _last, _at

    @cython.locals(edge_s=double, form=cython.Py_ssize_t)
    cdef void add(self, double begin_s, double until_s, double hours) noexcept

@cython.final
cdef class Means:
    cdef public object highest_mw, highest_h_mw
    cdef const double[::1] _edges_s
    cdef double[::1] _power, _highest_mw, _highest_h_mw, _mwh, _hour_mwh
    cdef Py_ssize_t _last, _at, _left

    @cython.locals(edge_s=double, whole=cython.Py_ssize_t)
    cdef void add(self, double begin_s, double until_s, double hours) noexcept
    @cython.locals(form=cython.Py_ssize_t)
    cdef void _fill(self, double hours) noexcept
    @cython.locals(form=cython.Py_ssize_t, count=cython.Py_ssize_t)
    cdef void _pass(self, Py_ssize_t whole) noexcept
    @cython.locals(form=cython.Py_ssize_t, mwh=double)
    cdef void _close_quarter(self) noexcept
    @cython.locals(form=cython.Py_ssize_t)
    cdef void _close_hour(self) noexcept
    cdef void close(self) noexcept

@cython.final
cdef class Extremes:
    cdef public object highest_mw, at_s, lowest_mw
    cdef double[::1] _power, _highest, _at_s, _lowest, _reached

    @cython.locals(form=cython.Py_ssize_t, mw=double)
    cdef void add(self, double begin_s) noexcept
