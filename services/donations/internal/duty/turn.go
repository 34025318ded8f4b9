package duty

import "sync"

// turns lets those who do something about the same thing take turns. The zero value is
// ready.
type turns struct {
	mu    sync.Mutex
	taken map[string]*turn // guarded by mu
}

// turn is that of one thing.
type turn struct {
	sync.Mutex
	waiting int // who has it or waits for it; guarded by turns.mu
}

// take waits for the turn of a thing, and returns what ends it; the empty thing is nothing
// and needs no turn.
func (t *turns) take(thing string) (end func()) {
	if thing == "" {
		return func() {}
	}
	t.mu.Lock()
	if t.taken == nil {
		t.taken = map[string]*turn{}
	}
	mine := t.taken[thing]
	if mine == nil {
		mine = &turn{}
		t.taken[thing] = mine
	}
	mine.waiting++
	t.mu.Unlock()
	mine.Lock()
	return func() {
		mine.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if mine.waiting--; mine.waiting == 0 {
			delete(t.taken, thing)
		}
	}
}
