# Types of queue.py, for its compiled form.
import cython

from sim.serving.request_sums cimport RequestSums
from sim.serving.slots cimport Slots

cdef long long _NONE
cdef Py_ssize_t _TIMED_OUT, _REFUSED, _CUT
cdef Py_ssize_t _AT_S, _WORK_S, _LEAD_S, _FIRST_S, _PROMPT, _OUTPUT, _KIND, _RECORD

cdef class Queue:
    cdef Py_ssize_t _kinds, _size, _limit, _queue_limit, _open_ranks
    cdef long long _free
    cdef double[::1] _timeout_s, _held, _speed, _power
    cdef long long[::1] _rank, _level, _place, _waits, _head, _tail, _next
    cdef double _anchor_s, _virtual_s
    cdef public double now_s
    cdef public double[::1] waited_s
    cdef public RequestSums sums
    cdef public Slots slots
    cdef public Py_ssize_t waiting
    cdef public double dynamic_j, service_s, waiting_s

    @cython.locals(at=cython.Py_ssize_t, count=cython.Py_ssize_t, arrival_s=double, end_s=double, out_s=double,
        next_s=double)
    cpdef Py_ssize_t run(
        self, double until_s, double[::1] at_s, long long[::1] kind, double[::1] work_s, double[::1] lead_s,
        double[::1] prompt, double[::1] output, Py_ssize_t first, bint follows,
    )
    @cython.locals(kind=cython.Py_ssize_t)
    cpdef clear(self)
    cpdef copy(self, Queue other)
    @cython.locals(number=cython.Py_ssize_t)
    cdef inline double _end_s(self) noexcept
    @cython.locals(due_s=double, each_s=double, kind=cython.Py_ssize_t, head=cython.longlong)
    cdef double _next_timeout_s(self) noexcept
    @cython.locals(span_s=double, number=cython.Py_ssize_t, kind=cython.Py_ssize_t)
    cdef inline void _pass(self, double now_s) noexcept
    cdef inline void _anchor(self) noexcept
    @cython.locals(record=cython.Py_ssize_t, one=cython.longlong, starts=cython.bint)
    cdef void _arrive(
        self, double now_s, Py_ssize_t kind, double work_s, double lead_s, double prompt, double output
    )
    cdef inline void _push(self, Py_ssize_t kind, long long one) noexcept
    @cython.locals(one=cython.longlong)
    cdef inline long long _pop(self, Py_ssize_t kind) noexcept
    @cython.locals(record=cython.Py_ssize_t, lead_s=double, speed=double)
    cdef inline void _start(self, long long one) noexcept
    @cython.locals(one=cython.longlong, kind=cython.Py_ssize_t, record=cython.Py_ssize_t, latency_s=double,
        ttft_s=double)
    cdef void _end(self, double now_s) noexcept
    @cython.locals(kind=cython.Py_ssize_t)
    cdef void _start_waiting(self) noexcept
    @cython.locals(best=cython.Py_ssize_t, best_s=double, place=cython.Py_ssize_t, kind=cython.Py_ssize_t,
        head=cython.longlong)
    cdef Py_ssize_t _next_kind(self) noexcept
    @cython.locals(kind=cython.Py_ssize_t)
    cdef void _time_out(self, double now_s) noexcept
    @cython.locals(record=cython.Py_ssize_t, kind=cython.Py_ssize_t)
    cdef void _drop(self, long long one, Py_ssize_t reason) noexcept
    @cython.locals(one=cython.longlong, more=cython.Py_ssize_t)
    cdef _grow(self, Py_ssize_t size)
