# Types of scan.py, for its compiled form.
import cython

@cython.locals(blocks=cython.Py_ssize_t, rows=cython.Py_ssize_t, first=cython.Py_ssize_t, block=cython.Py_ssize_t,
    row=cython.Py_ssize_t, mw=double)
cpdef Py_ssize_t first_beyond(const double[:, :] stated, const double[:, :] used, double most_pu) except -2
@cython.locals(number=cython.Py_ssize_t, stretch=cython.Py_ssize_t, row=cython.Py_ssize_t, begin=cython.Py_ssize_t,
    end=cython.Py_ssize_t, high=double, low=double, mw=double)
cpdef find_extremes(
    const double[:, :] power, const long long[:, ::1] spans, double least_pu, double[:, :, ::1] found,
)
