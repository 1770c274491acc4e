# Types of tallies.py, for its compiled form.
import cython

from sim.plant.residual cimport Residual
from sim.plant.traits cimport Traits

cdef double _ROUNDING, _HOUR_S, _NEVER

cdef class Tallies:
    cdef Traits _traits
    cdef Py_ssize_t _units
    cdef double[::1] _usd, _usd_per_h
    cdef double _most_usd, _due_usd, _at_s

    @cython.locals(elapsed_h=double, at=cython.Py_ssize_t, usd=double)
    cpdef void advance(self, double now_s) noexcept
    @cython.locals(committed=cython.Py_ssize_t, at=cython.Py_ssize_t, back=cython.Py_ssize_t, is_growing=cython.bint)
    cpdef rate(self, Residual residual, Py_ssize_t running, Py_ssize_t starting, Py_ssize_t startable)
    @cython.locals(usd_per_h=double, is_growing=cython.bint)
    cdef bint _rate(self, Py_ssize_t at, Residual residual, double sign, bint may_grow) except? -1
    @cython.locals(at=cython.Py_ssize_t)
    cpdef void clear(self, Py_ssize_t first, Py_ssize_t last) noexcept
    @cython.locals(at=cython.Py_ssize_t, count=cython.Py_ssize_t)
    cpdef Py_ssize_t growing(self, Py_ssize_t first) noexcept
    cpdef bint is_due(self, Py_ssize_t at) noexcept
    @cython.locals(at=cython.Py_ssize_t)
    cpdef bint is_adding(self) noexcept
    @cython.locals(due_h=double, left_h=double, at=cython.Py_ssize_t)
    cpdef double due_h(self) noexcept
