package duty

import (
	"sync"
	"testing"
)

func TestWhoDoesSomethingAboutOneThingTakesTurns(t *testing.T) {
	t.Parallel()
	var turns turns
	var all sync.WaitGroup
	count := map[string]*int{"a": new(int), "b": new(int)} // the race detector sees who writes together
	for range 50 {
		for thing, n := range count {
			all.Go(func() {
				defer turns.take(thing)()
				*n++
			})
		}
		all.Go(turns.take(""))
	}
	all.Wait()
	if *count["a"] != 50 || *count["b"] != 50 || len(turns.taken) != 0 {
		t.Errorf("%d, %d, %d turns are left", *count["a"], *count["b"], len(turns.taken))
	}
}
