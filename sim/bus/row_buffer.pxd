# Types of row_buffer.py, for its compiled form.
import cython

from sim.bus.numbers cimport Numbers

@cython.final
cdef class RowBuffer:
    cdef public Py_ssize_t at, most
    cdef public double row_s
    cdef double[:, ::1] rows, _cost
    cdef long long[::1] _cost_row
    cdef Py_ssize_t _size, _changes
    cdef object _numbers, _costs, _cost_rows, _post, _pack

    cpdef begin(self, double now_s)
    @cython.locals(change=cython.Py_ssize_t, block=cython.Py_ssize_t)
    cpdef reprice(self, Numbers numbers)
