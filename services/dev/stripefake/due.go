package stripefake

import (
	"sync"
	"time"
)

// step is what an object does by itself when its time has come.
type step func(*Server, object)

// steps lists them by the name that an object keeps in "_step".
func steps() map[string]step {
	return map[string]step{
		"expire":       (*Server).expireNow,
		"settleRefund": (*Server).settleRefund,
		"failRefund":   (*Server).failRefund,
		"lapse":        (*Server).lapseDispute,
		"arrive":       (*Server).arrivePayout,
		"payOut":       (*Server).payOutDaily,
		"expireHold":   (*Server).expireHold,
		"turn":         (*Server).turn,
		"finalize":     (*Server).charge,
		"retry":        (*Server).retry,
		"giveUp":       (*Server).giveUp,
	}
}

// at is the fields of an object that takes a step at a time.
func at(due int64, name string) object { return object{"_due": due, "_step": name} }

// after is at, so much later than now. The lock is held.
func (s *Server) after(d time.Duration, name string) object {
	return at(s.now()+int64(d/time.Second), name)
}

// note keeps when an object takes a step, 0 where it takes none.
func (st *store) note(id string, due int64) {
	if due == 0 {
		delete(st.due, id)
		return
	}
	st.due[id] = due
	if st.soonest == 0 || due < st.soonest {
		st.soonest = due
	}
}

// first returns the object that takes the first step not after now, false where
// there is none.
func (st *store) first(now int64) (string, bool) {
	if st.soonest == 0 || now < st.soonest {
		return "", false
	}
	first := ""
	st.soonest = 0
	for id, due := range st.due {
		if st.soonest == 0 || due < st.soonest || due == st.soonest && id < first {
			first, st.soonest = id, due
		}
	}
	return first, first != "" && st.soonest <= now
}

// catchUp takes the steps that are due, in order, each at its own time. The lock is
// held.
func (s *Server) catchUp() {
	now := s.opts.Now().Unix()
	for id, ok := s.store.first(now); ok; id, ok = s.store.first(now) {
		o := s.store.rows[id]
		take := steps()[o.text("_step")]
		s.moment = o.number("_due")
		s.change(o, object{"_due": int64(0), "_step": ""})
		take(s, o)
		s.stepped++
	}
	s.moment = 0
}

// keepUp takes steps also while nobody calls, until end is called.
func (s *Server) keepUp() (end func()) {
	stop := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				s.update(func() *apiError { return nil })
			}
		}
	})
	return func() {
		close(stop)
		running.Wait()
	}
}
