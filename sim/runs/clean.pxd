# Types of clean.py, for its compiled form.
import cython

from sim.runs.total cimport exact, total

cdef bint IS_COMPILED
cdef double _NOTHING_MWH, _NOTHING_MW

@cython.locals(stores=cython.Py_ssize_t, hour=cython.Py_ssize_t, store=cython.Py_ssize_t, share=double, content=double)
cpdef sweep(double[::1] shares, double[::1] contents, const double[:, :, ::1] moves, double[::1] drawn)
