# Types of residual.py, for its compiled form.
import cython

from sim.bus.numbers cimport Numbers

cdef double _NOT_FOR_SALE

cdef class Residual:
    cdef list _usd_per_mwh, _from_mw, _from_usd_per_h
    cdef double _most_mw, _most_usd_per_h

    @cython.locals(at=cython.Py_ssize_t)
    cpdef double value_usd_per_h(self, double power_mw) except? -1e300
    @cython.locals(at=cython.Py_ssize_t)
    cpdef double power_mw(self, double above_usd_per_mwh) except? -1e300

@cython.locals(at=cython.Py_ssize_t)
cdef double _delivered_mw(Numbers numbers, Py_ssize_t first, Py_ssize_t last) except? -1.0
@cython.locals(at=cython.Py_ssize_t, price=double, left_mw=double)
cdef list _unused(Numbers numbers, Py_ssize_t first, Py_ssize_t last)
@cython.locals(at=cython.Py_ssize_t)
cdef list _in_use(Numbers numbers, Py_ssize_t first, Py_ssize_t last)
@cython.locals(left_mw=double, mw=double)
cdef list _replaced(object bus, Py_ssize_t first, Py_ssize_t blocks)
@cython.locals(left_mw=double, mw=double)
cdef list _displaced(object bus, Py_ssize_t first, Py_ssize_t blocks, double coming_mw)
