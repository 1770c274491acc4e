# Types of band.py, for its compiled form.
import cython

from sim.bus.numbers cimport Numbers

cdef bint IS_LIST

@cython.final
cdef class Band:
    cdef object _bus, _pick, _seen
    cdef list _blocks
    cdef Numbers _numbers
    cdef Py_ssize_t _count
    cdef long long[::1] _place, _is_bid
    cdef double[::1] _mw, _used_mw
    cdef double _low_usd_per_mwh, _high_usd_per_mwh
    cdef bint _is_open

    cpdef void bound(self, double low_usd_per_mwh, double high_usd_per_mwh) noexcept
    cpdef void open(self) noexcept
    @cython.locals(price=double, is_left=cython.bint, is_new=cython.bint)
    cpdef bint is_left(self) except? -1
    @cython.locals(numbers=Numbers, found=list, at=cython.Py_ssize_t)
    cpdef list sizes_mw(self)
    @cython.locals(numbers=Numbers, found=list, at=cython.Py_ssize_t, mw=double)
    cpdef list powers_mw(self)
    @cython.locals(numbers=Numbers, at=cython.Py_ssize_t, place=cython.Py_ssize_t, is_new=cython.bint)
    cdef bint _is_new(self) noexcept
    cdef bint _is_new_in_lists(self) except? -1
    cdef _find(self)
