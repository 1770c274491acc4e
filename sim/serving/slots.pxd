# Types of slots.py, for its compiled form.
import cython

cdef Py_ssize_t _BEYOND

cdef class Slots:
    cdef public Py_ssize_t count
    cdef double[::1] _end_v
    cdef long long[::1] _one

    cpdef double first_v(self) noexcept
    @cython.locals(at=cython.Py_ssize_t,
        parent=cython.Py_ssize_t)
    cpdef void put(self, double end_v, long long one) noexcept
    @cython.locals(first=cython.longlong,
        last=cython.longlong, last_v=double, size=cython.Py_ssize_t, at=cython.Py_ssize_t,
        child=cython.Py_ssize_t, low=cython.Py_ssize_t, high=cython.Py_ssize_t)
    cpdef long long take(self) noexcept
    cpdef grow(self, Py_ssize_t size)
    cpdef copy(self, Slots other)
