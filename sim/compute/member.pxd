# Types of member.py, for its compiled form.
import cython

cdef class Member:
    cdef public object rank, tell, state
    cdef public double firm_mw, flexible_mw, nominal_mw, idle_mw, rate, left_s, ends_s
    cdef public double run_s, held_s, capped_s, energy_mwh, unserved_mwh, flexible_mwh, idle_mwh
    cdef public double backlog_s, backlog_s2, deferred_s, late_s, baseline_s, baseline_ends_s, at_s
    cdef public bint has_begun
    cdef list _marks

    cpdef mark(self, double now_s, list sums)
    @cython.locals(duration_s=double, had=list, is_down=cython.bint, firm_mwh=double, rate=double)
    cpdef note(self, double now_s, list sums)
    @cython.locals(duration_s=double)
    cpdef wait(self, double now_s)
    @cython.locals(lag_s=double, lag_s2=double, rate=double, slack=double, tier_s2=double)
    cdef _go_on(self, double duration_s, list had)
