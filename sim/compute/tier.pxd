# Types of tier.py, for its compiled form.
import cython

from sim.bus.band cimport Band
from sim.compute.group cimport Group
from sim.compute.virtual_time cimport VirtualTime

cdef double _ROUNDING

cdef class Tier:
    cdef public object feed, amounts
    cdef public VirtualTime time
    cdef public Py_ssize_t reactions
    cdef public list reports
    cdef object _bus, _behaviour, _alarm, _blocks, _widths_pu
    cdef dict _members, _unbegun
    cdef Band _band
    cdef list _places
    cdef bint _is_changed

    @cython.locals(groups=dict, flexible_mw=double)
    cpdef advance(self, double _now_s)
    @cython.locals(mw=list, taken=list)
    cpdef settled(self, double now_s)
    cdef _share_firm(self, double firm_pu)
    @cython.locals(on=Group, time=VirtualTime, upper_mw=double, share=double, speed=double, wanted_mw=double,
        taken_mw=double, floor_pu=double)
    cdef _share_flexible(self, list mw, list taken)
    @cython.locals(on=Group, paused=Group, wanted_mw=double, it_mw=double, is_enough=cython.bint)
    cdef _pause(self, double taken_mw)
