# Types of group.py, for its compiled form.
from sim.compute.member cimport Member

cdef double _ROUNDING

cdef double _less(double mw, double part_mw) noexcept

cdef class Group:
    cdef public Py_ssize_t count, capped
    cdef public double firm_mw, flexible_mw, idle_mw, behind_mw, slack_mw, idle_slack_mw

    cpdef add(self, Member member)
    cpdef remove(self, Member member)
    cpdef follow(self, Member member, int sign)
    cdef _cap(self, Member member, int sign)
