# Types of watch.py, for its compiled form.
import cython

from sim.bus.exact_sum cimport ExactSum
from sim.bus.numbers cimport Numbers

cdef class Watch:
    cdef object _bus, _tell, _pick, _given, _mw, _seen_mw
    cdef list _blocks
    cdef Numbers _numbers
    cdef Py_ssize_t _count
    cdef long long _looked
    cdef double[::1] _accepted_mw
    cdef long long[::1] _place, _is_bid
    cdef ExactSum _sum

    cpdef begin(self)
    @cython.locals(at=cython.Py_ssize_t)
    cpdef look(self)
    @cython.locals(numbers=Numbers, at=cython.Py_ssize_t, mw=double, is_new=cython.bint)
    cdef bint _is_new(self) except? -1
    cdef _look_at_lists(self)
    cdef _find(self)
