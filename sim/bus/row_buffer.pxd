# Types of row_buffer.py, for its compiled form.

cdef class RowBuffer:
    cdef public Py_ssize_t at, most
    cdef public double row_s
    cdef double[:, ::1] rows
    cdef Py_ssize_t _size
    cdef object _numbers, _post, _pack

    cpdef begin(self, double now_s)
