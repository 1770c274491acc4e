# Types of exact_sum.py, for its compiled form.
import cython

cdef bint IS_COMPILED

@cython.final
cdef class ExactSum:
    cdef double[::1] _partial
    cdef Py_ssize_t _partials, _room
    cdef double _high, _low

    cpdef void clear(self) noexcept
    @cython.locals(after=double, part=double, error=double, low=double)
    cpdef void add(self, double number) noexcept
    @cython.locals(at=cython.Py_ssize_t, number=double, after=double, part=double, error=double,
        high=double, low=double, least=double, lost=double)
    cpdef double over(self, double[::1] numbers, Py_ssize_t begin, Py_ssize_t end) noexcept
    @cython.locals(count=cython.Py_ssize_t, at=cython.Py_ssize_t, other=double, high=double, low=double)
    cdef void _include(self, double number) noexcept
    @cython.locals(at=cython.Py_ssize_t)
    cdef _make_room(self)
    @cython.locals(at=cython.Py_ssize_t, high=double, low=double, before=double, other=double, twice=double,
        rounded=double)
    cpdef double total(self) noexcept

cdef class SumAt:
    cdef long long[::1] places
    cdef Py_ssize_t _count
    cdef ExactSum _sum

    @cython.locals(at=cython.Py_ssize_t)
    cpdef double of(self, double[::1] numbers)

cpdef double total(const double[:] numbers)

cpdef double exact(const double[:] numbers)
