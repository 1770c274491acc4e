# Types of sums.py, for its compiled form.
import cython

cdef Py_ssize_t _RUN, _LAG, _LAG2, _HELD, _FLEXIBLE, _IDLE, _IDLE_ALL, _PAUSED, _DOWN
cdef Py_ssize_t _BUS_FLEXIBLE, _BUS_FIRM, _BUS_DOWN, _BUS

@cython.locals(flexible_pu=double, firm_pu=double, idle_pu=double, paused_pu=double, down_pu=double,
    overhead=double, bus_s=double, lag=double)
cpdef advance(list sums, double duration_s, double speed, tuple shares)
