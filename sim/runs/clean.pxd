# Types of clean.py, for its compiled form.
import cython

from sim.timeseries.exact_sum cimport ExactSum, total

cdef bint IS_COMPILED
cdef double _NOTHING_MWH, _NOTHING_MW

@cython.locals(stores=cython.Py_ssize_t, hour=cython.Py_ssize_t, store=cython.Py_ssize_t, charge=double,
    discharge=double, net=double, load=double, clean=double, export=double, direct=double, surplus=double, kept=double,
    left=double, drawn=double, mix=double, share=double, own=double, out=double, taken=double, held=double,
    stored=double, content=double, found=double, given=ExactSum)
cpdef sweep(
    const double[:, ::1] site, const double[:, :, ::1] flows, const double[:, ::1] levels,
    double[:, ::1] state, double[::1] reached,
)
cdef double part(double amount, double whole) noexcept
