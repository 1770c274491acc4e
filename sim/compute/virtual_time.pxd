# Types of virtual_time.py, for its compiled form.
import cython

from sim.compute.group cimport Group
from sim.compute.member cimport Member
from sim.compute.sums cimport advance

cdef double _LAST_MOMENT_S, _NEVER

cdef class VirtualTime:
    cdef public double at_s, speed, firm_pu, flexible_pu, down_pu, overhead
    cdef public dict groups
    cdef public list month_ends_s, deferred_mwh, idle_mwh
    cdef public Py_ssize_t month
    cdef list _sums, _ends, _baselines, _punctual
    cdef double _bus_s, _occupied_s
    cdef Group _on, _paused, _down, _restarting

    cpdef mark(self, Member member)
    cpdef note(self, Member member)
    @cython.locals(group=Group)
    cpdef exit(self, Member member)
    @cython.locals(group=Group)
    cpdef enter(self, Member member, object state)
    @cython.locals(baseline_s=double, month_ends_s=double, until_s=double)
    cpdef advance(self, double now_s)
    @cython.locals(due_s=double)
    cpdef double due_s(self) except? -1.0
    @cython.locals(on=Group, paused=Group, down=Group, restarting=Group, firm_pu=double, down_pu=double,
        lag=double, idle_pu=double, paused_pu=double, behind_mw=double, idle_mw=double)
    cdef _integrate(self, double duration_s)
