# Types of interval_book.py, for its compiled form.
import cython

cdef double _HOUR_S
cdef Py_ssize_t _SIDE_BY_SIDE

@cython.locals(interval=cython.Py_ssize_t, piece=cython.Py_ssize_t, intervals=cython.Py_ssize_t, at=cython.Py_ssize_t,
    begin_s=double, end_s=double)
cpdef Py_ssize_t cut(
    const double[::1] edges_s, const double[::1] inner_s, long long[::1] row, double[::1] hours, long long[::1] begins,
) except -1
@cython.locals(interval=cython.Py_ssize_t, intervals=cython.Py_ssize_t, last=cython.Py_ssize_t,
    at=cython.Py_ssize_t, begin_s=double, end_s=double, next_s=double, length_h=double,
    sum_0=double, sum_1=double, sum_2=double, sum_3=double)
cpdef side_by_side(
    double[:, :] integrals, const double[:, :] values, const double[::1] edges_s, const double[::1] inner_s,
)
@cython.locals(columns=cython.Py_ssize_t, segments=cython.Py_ssize_t, pieces=cython.Py_ssize_t,
    column=cython.Py_ssize_t, segment=cython.Py_ssize_t, begin=cython.Py_ssize_t,
    end=cython.Py_ssize_t, piece=cython.Py_ssize_t, at=cython.Py_ssize_t, length_h=double,
    sum_0=double, sum_1=double, sum_2=double, sum_3=double)
cpdef sweep(
    double[:, :] integrals, const double[:, :] values, const long long[::1] row, const double[::1] hours,
    const long long[::1] begins,
)
