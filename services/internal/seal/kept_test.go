package seal

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// store is a key store that says what was destroyed, and how often it was asked.
type store struct {
	gone  []string
	err   error
	asked int
}

func (s *store) destroyed(context.Context) ([]string, error) {
	s.asked++
	return s.gone, s.err
}

// want fails unless memory holds key for subject, "" for none.
func want(t *testing.T, k *keptKeys, subject, key string) {
	t.Helper()
	if got, err := k.get(t.Context(), subject); err != nil || string(got) != key {
		t.Errorf("at %v: %s has %q, %v; want %q", time.Now().Format("05.000"), subject, got, err, key)
	}
}

func TestTheKeyStoreIsAskedOnceASecondNotOnceAKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		k := newKeptKeys(s.destroyed)
		want(t, k, "a", "") // what is not in memory needs no question
		for i := range 50 {
			k.put(fmt.Sprint(i), []byte("key"))
		}
		for i := range 50 {
			want(t, k, fmt.Sprint(i), "key")
		}
		if s.asked != 1 {
			t.Errorf("asked %d times", s.asked)
		}
		time.Sleep(trustedFor - time.Millisecond)
		want(t, k, "1", "key")
		if s.asked != 1 {
			t.Errorf("asked %d times while memory is believed", s.asked)
		}
		time.Sleep(2 * time.Millisecond)
		want(t, k, "1", "key")
		if s.asked != 2 {
			t.Errorf("asked %d times after it", s.asked)
		}
	})
}

func TestAKeyThatWasDestroyedElsewhereIsForgottenWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		k := newKeptKeys(s.destroyed)
		k.put("a", []byte("A"))
		k.put("b", []byte("B"))
		want(t, k, "a", "A")
		s.gone = []string{"a", "never seen"}
		time.Sleep(time.Second)
		want(t, k, "b", "B")
		want(t, k, "a", "")
	})
}

// While the store cannot say what was destroyed, no key is used.
func TestNoKeyIsUsedWhileTheKeyStoreIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := errors.New("away")
		s := &store{err: away}
		k := newKeptKeys(s.destroyed)
		k.put("a", []byte("A"))
		for range 2 {
			if key, err := k.get(t.Context(), "a"); !errors.Is(err, away) || key != nil {
				t.Errorf("got %q, %v", key, err)
			}
		}
		s.err = nil
		want(t, k, "a", "A")
	})
}

func TestAKeyIsForgottenAfterAMinuteButNotANewerOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newKeptKeys((&store{}).destroyed)
		k.put("a", []byte("old"))
		k.put("b", []byte("B"))
		time.Sleep(keptFor - time.Second)
		k.put("a", []byte("new"))
		time.Sleep(2 * time.Second) // the first timers have gone off
		want(t, k, "a", "new")
		want(t, k, "b", "")
		time.Sleep(keptFor)
		want(t, k, "a", "")
	})
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newKeptKeys((&store{}).destroyed)
		for i := range keptMost + 10 {
			k.put(fmt.Sprint(i), []byte("key"))
		}
		if n := len(k.keys); n > keptMost {
			t.Errorf("%d keys are kept", n)
		}
		want(t, k, fmt.Sprint(keptMost+9), "key")
		k.drop(fmt.Sprint(keptMost + 9))
		want(t, k, fmt.Sprint(keptMost+9), "")
	})
}
