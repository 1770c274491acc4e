# Types of draw.py, for its compiled form.

cdef class Draw:
    cdef readonly double per_it, fixed_mw

    cpdef double at(self, double it_mw) noexcept
    cpdef Draw times(self, double factor)
