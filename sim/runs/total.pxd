# Types of total.py, for its compiled form.
import cython

cdef bint IS_COMPILED

cpdef double total(const double[:] numbers)

@cython.locals(at=cython.Py_ssize_t, high=double, low=double, number=double, after=double, part=double, error=double)
cpdef double exact(const double[:] numbers)
