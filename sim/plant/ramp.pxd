# Types of ramp.py, for its compiled form.
import cython

from sim.bus.flat_mover cimport FlatMover
from sim.bus.numbers cimport Numbers
from sim.plant.missed cimport Missed

cdef double _SLACK, _NEVER, _UNKNOWN, _STEP, _MINUTE_S

cdef class Ramp(FlatMover):
    cdef public object name, minimum, falling, flexible, beyond
    cdef public double level_mw, cost
    cdef object _bus, _peers
    cdef Missed _missed
    cdef Py_ssize_t _first, _turn_place
    cdef double _pu_per_min, _available_mw, _minimum_mw, _floor_mw, _reach_mw, _offered_mw, _position_mw, _target_mw
    cdef double _before_mw, _at_s, _direction, _turn_mw, _next_mw, _goal_mw, _due_s
    cdef double _mw_per_s, _step_mw, _slack_mw
    cdef bint _is_free, _was_paused, _is_moving, _has_arrived, _is_stale

    cpdef advance(self, double now_s)
    @cython.locals(numbers=Numbers, at=cython.Py_ssize_t, available=double, floor=double, slack=double,
        delivered=double, level=double, reach=double, enough=cython.bint)
    cpdef settled(self, double now_s)
    cdef bint _may_rise(self, double surplus_mw) except? -1
    @cython.locals(more_mw=double, rooms_mw=double)
    cdef double _asked(self, double made_mw) except? -1e300
    cpdef double room_mw(self, double more_mw) except? -1e300
    cdef _aim(self, double now_s, double target_mw)
    cdef _rate(self, double rated_mw)
    @cython.locals(position=double, target=double, travel=double)
    cdef _move(self, double now_s)
    @cython.locals(available=double, half=double, position=double)
    cdef _fit(self)
    cdef _rest(self, double floor_mw, double reach_mw)
    cdef _begin(self, double level_mw, double direction)
    @cython.locals(direction=double, step=double, position=double, level=double, ahead=double)
    cdef _turn(self)
    @cython.locals(slack=double, position=double, is_before=cython.bint, goal=double)
    cdef _head_for(self, double now_s, double asked_mw)
    @cython.locals(goal=double, target=double, half=double, level=double)
    cdef _step(self)
    @cython.locals(numbers=Numbers, first=cython.Py_ssize_t, floor=double, reach=double, minimum=double)
    cdef _state(self)
