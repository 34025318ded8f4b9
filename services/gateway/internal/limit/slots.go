package limit

import "sync"

// Share is how much may be done at once: in all, and for one caller.
type Share struct {
	All, Each int
}

// Slots bounds what is done at once. What finds no slot is refused at once: waiting in
// a queue would make everybody slow, and help nobody.
type Slots struct {
	share Share

	mu    sync.Mutex // guards what follows
	taken int
	by    map[string]int // by caller; only those who have a slot
}

// NewSlots returns free slots; a share of none lets everything through.
func NewSlots(s Share) *Slots { return &Slots{share: s, by: map[string]int{}} }

// Enter takes a slot for a caller until leave is called, which must be called once.
// It says no where the caller has all of theirs, or everybody has.
func (s *Slots) Enter(who string) (leave func(), ok bool) {
	if s.share.All <= 0 {
		return func() {}, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken >= s.share.All || s.by[who] >= s.share.Each {
		return nil, false
	}
	s.taken++
	s.by[who]++
	return func() { s.leave(who) }, true
}

func (s *Slots) leave(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	if s.by[who]--; s.by[who] == 0 {
		delete(s.by, who)
	}
}
