# Types of segments.py, for its compiled form.
import cython

cdef bint IS_COMPILED

@cython.locals(at=cython.Py_ssize_t, count=cython.Py_ssize_t, edge=cython.Py_ssize_t, edge_s=double)
cpdef find(const double[:] times_s, const double[:] edges_s, long long[::1] begin)

@cython.locals(segment=cython.Py_ssize_t, at=cython.Py_ssize_t, total=double)
cpdef add(const double[:] numbers, const long long[::1] begin, double[::1] sums)
