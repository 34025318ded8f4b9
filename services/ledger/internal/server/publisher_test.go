package server_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
)

func TestCheckpointsArePublishedNotMoreOftenThanTheInterval(t *testing.T) {
	t.Parallel()
	f := setup(t)
	signer, err := checkpoint.GenerateSigner("example.org/daily")
	if err != nil {
		t.Fatal(err)
	}
	p := server.NewPublisher(f.store, signer, 24*time.Hour, func() time.Time { return f.now })
	for _, step := range []struct {
		wait time.Duration
		post string
		want int64
	}{
		{0, "g/1", 1},              // the first at once
		{11 * time.Hour, "g/2", 1}, // then nothing new on that day
		{time.Hour, "", 2},         // then what is there
		{48 * time.Hour, "", 2},    // and nothing where nothing has changed
	} {
		f.now = f.now.Add(step.wait)
		if step.post != "" {
			f.post(gift(step.post, 1))
		}
		c, err := p.Latest(t.Context())
		if err != nil || c.Size != step.want {
			t.Errorf("after %s: size %d, %v, want %d", step.wait, c.Size, err, step.want)
		}
		if _, _, err := checkpoint.Open(c.Note, verifier(t, signer)); err != nil {
			t.Errorf("after %s: %v", step.wait, err)
		}
	}
}
