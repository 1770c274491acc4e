# Types of request_sums.py, for its compiled form.
import cython

cdef Py_ssize_t _ARRIVED, _STARTED, _SERVED
cdef Py_ssize_t _PROMPT_SERVED, _OUTPUT_SERVED, _PROMPT_DROPPED, _OUTPUT_DROPPED
cdef Py_ssize_t _WAIT_S, _TTFT_S, _TPOT_S, _TPOT_COUNT, _LATENCY_S, _MET, _FIELDS
cdef Py_ssize_t _TTFT, _TPOT, _LATENCY, _MEASURES, _OCTAVES, _PARTS, _BINS

cdef class RequestSums:
    cdef double[::1] _ttft_s, _tpot_s, _octave_s, _per_octave
    cdef public double[::1] values
    cdef public long long[::1] bins

    cpdef void arrive(self, Py_ssize_t kind) noexcept
    cpdef void start(self, Py_ssize_t kind, double wait_s) noexcept
    @cython.locals(base=cython.Py_ssize_t)
    cpdef void drop(self, Py_ssize_t kind, Py_ssize_t reason, double prompt, double output) noexcept
    @cython.locals(base=cython.Py_ssize_t, tpot_s=double, is_met=cython.bint)
    cpdef void serve(
        self, Py_ssize_t kind, double ttft_s, double latency_s, double prompt, double output
    ) noexcept
    @cython.locals(at=cython.Py_ssize_t, low=cython.Py_ssize_t,
        part=cython.Py_ssize_t)
    cdef inline void _count(self, Py_ssize_t kind, Py_ssize_t measure, double time_s) noexcept
    cpdef copy(self, RequestSums other)
