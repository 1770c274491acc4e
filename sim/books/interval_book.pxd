# Types of interval_book.py, for its compiled form.
import cython

cdef double _HOUR_S

@cython.locals(rows=cython.Py_ssize_t, row=cython.Py_ssize_t, column=cython.Py_ssize_t,
    interval=cython.Py_ssize_t, total=double, begin_s=double, end_s=double, value=double)
cpdef sweep(
    double[:, ::1] integrals, const double[::1] intervals_s, const double[::1] edges_s,
    const double[:, :] values, Py_ssize_t first,
)
