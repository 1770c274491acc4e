# Types of traits.py, for its compiled form.
import cython

from sim.plant.residual cimport Residual

cdef class Traits:
    cdef readonly double unit_mw, minimum_pu, start_min, min_up_h, min_down_h, marginal_usd_per_mwh, start_usd
    cdef readonly double full_usd_per_mwh
    cdef double[::1] _powers_mw, _costs_usd_per_h
    cdef Py_ssize_t _last

    @cython.locals(at=cython.Py_ssize_t, last=cython.Py_ssize_t, from_mw=double, from_usd_per_h=double, slope=double)
    cpdef double running_usd_per_h(self, double power_mw) noexcept
    @cython.locals(power_mw=double, least_mw=double, most_mw=double)
    cpdef double power_mw(self, Residual residual, Py_ssize_t running) except? -1e300
    @cython.locals(power_mw=double)
    cpdef double cost_usd_per_h(self, Residual residual, Py_ssize_t running) except? -1e300
    cpdef double benefit_usd_per_h(self, Residual residual, Py_ssize_t unit) except? -1e300
