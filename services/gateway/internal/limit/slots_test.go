package limit_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/limit"
)

func TestASlotIsFreeAgainOnceItIsLeft(t *testing.T) {
	t.Parallel()
	s := limit.NewSlots(limit.Share{All: 3, Each: 2})
	var leave []func()
	for i, c := range []struct {
		who string
		ok  bool
	}{{"a", true}, {"a", true}, {"a", false}, {"b", true}, {"b", false}, {"c", false}} {
		l, ok := s.Enter(c.who)
		if ok != c.ok {
			t.Fatalf("%d, %s: %v", i, c.who, ok)
		}
		if ok {
			leave = append(leave, l)
		}
	}
	for _, l := range leave {
		l()
	}
	for _, who := range []string{"c", "c", "b"} {
		if _, ok := s.Enter(who); !ok {
			t.Errorf("%s finds no room after all have left", who)
		}
	}
	if _, ok := limit.NewSlots(limit.Share{}).Enter("a"); !ok {
		t.Error("without a share there is a bound")
	}
}

func TestAGoodCredentialIsKnownForAnHour(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	k := limit.NewKnown(func() time.Time { return now })
	k.Add("good")
	if !k.Has("good") || k.Has("invented") {
		t.Errorf("good %v, invented %v", k.Has("good"), k.Has("invented"))
	}
	if now = now.Add(time.Hour); k.Has("good") {
		t.Error("it is known after the key has changed")
	}
}
