# Types of changes.py, for its compiled form.
import cython

cdef double _LATER_S

@cython.locals(at=cython.Py_ssize_t, count=cython.Py_ssize_t, power=double)
cpdef Py_ssize_t collect(
    const double[::1] edges_s, const double[::1] mw, double[:, ::1] found, Py_ssize_t old, double[::1] steps_mw,
) except -1
@cython.locals(count=cython.Py_ssize_t, at=cython.Py_ssize_t, since=cython.Py_ssize_t,
    after=cython.Py_ssize_t, largest=double, then_s=double, from_s=double, until_s=double)
cpdef double sweep(
    const double[::1] times_s, const double[::1] mw, Py_ssize_t old, double window_s, tuple span_s,
)
