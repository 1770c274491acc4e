# Types of stretch.py, for its compiled form.
import cython

from sim.bus.band cimport Band
from sim.bus.filling cimport Filling
from sim.bus.flat_mover cimport FlatMover
from sim.bus.numbers cimport Numbers
from sim.bus.row_buffer cimport RowBuffer
from sim.bus.track cimport Track

cdef double _NEVER, _LEAST_MW, _TOLERANCE_PU
cdef long long _NOWHERE
cdef int _MOST_LOOKS

@cython.final
cdef class Stretch:
    cdef object _bus, _clock, _advances, _listeners
    cdef list _queue, _watches, _tracks, _advancing, _listening, _bands
    cdef Numbers _numbers
    cdef Filling _filling
    cdef RowBuffer _rows
    cdef double _closes_at_s, _at_s, _told_s, _next_s, _track_s
    cdef double[::1] _dues_s
    cdef Py_ssize_t _rounds, _most_rounds, _track_count, _members, _advance_count, _listener_count
    cdef Py_ssize_t _fit_count
    cdef long long[::1] _sides, _places, _fit_place

    @cython.locals(numbers=Numbers, now_s=double, head_s=double)
    cpdef go(self, double end_s)
    @cython.locals(head=tuple)
    cdef double _head_s(self) except? -2.0
    cdef _tell_clock(self, double now_s)
    @cython.locals(numbers=Numbers, at=cython.Py_ssize_t)
    cdef _begin_instant(self, double now_s)
    @cython.locals(track=Track, at=cython.Py_ssize_t, value=double, next_s=double)
    cdef _play(self, double now_s)
    @cython.locals(track=Track, at=cython.Py_ssize_t)
    cdef _read_tracks(self)
    @cython.locals(filling=Filling)
    cdef _rank(self, double now_s)
    @cython.locals(numbers=Numbers, at=cython.Py_ssize_t, next_s=double)
    cdef void _look_ahead(self) noexcept
    @cython.locals(numbers=Numbers, filling=Filling, at=cython.Py_ssize_t, margin=cython.Py_ssize_t, need_mw=double,
        was_ranked=bint)
    cdef _settle(self, double now_s)
    cdef _count_round(self, double now_s)
    @cython.locals(numbers=Numbers, mover=FlatMover, at=cython.Py_ssize_t)
    cdef _advance(self, double now_s)
    @cython.locals(filling=Filling, at=cython.Py_ssize_t)
    cdef Py_ssize_t _adjust(self, double now_s, Py_ssize_t margin) except? -2
    @cython.locals(filling=Filling, at=cython.Py_ssize_t)
    cdef Py_ssize_t _refit(self, double now_s, Py_ssize_t margin) except? -2
    @cython.locals(rows=RowBuffer, numbers=Numbers, filling=Filling, row=cython.Py_ssize_t, blocks=cython.Py_ssize_t,
        at=cython.Py_ssize_t)
    cdef _write(self, double now_s)
    @cython.locals(mover=FlatMover, band=Band, at=cython.Py_ssize_t)
    cdef _tell(self, double now_s)
