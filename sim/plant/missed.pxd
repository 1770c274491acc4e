# Types of missed.py, for its compiled form.
from sim.timeseries.exact_sum cimport SumAt
from sim.bus.numbers cimport Numbers
import cython

cdef class Missed:
    cdef object _bus
    cdef Py_ssize_t _ranks
    cdef Numbers _numbers
    cdef double _cost
    cdef SumAt _dearer, _cheaper, _yielding

    @cython.locals(numbers=Numbers, unused_mw=double)
    cpdef double mw(self) except? -1e300
    @cython.locals(numbers=Numbers)
    cpdef double surplus_mw(self) except? -1e300
