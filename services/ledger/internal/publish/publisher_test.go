package publish_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
)

func TestCheckpointsArePublishedNotMoreOftenThanTheDaysSay(t *testing.T) {
	t.Parallel()
	l := start(t, database(t), publish.Options{Days: 1})
	for _, step := range []struct {
		wait time.Duration
		post string
		want int64
	}{
		{0, "g/1", 1},              // the first at once
		{11 * time.Hour, "g/2", 1}, // then nothing new on that day
		{time.Hour, "", 2},         // on the next one what is there, without a reader
		{23 * time.Hour, "g/3", 2}, // and so on
		{48 * time.Hour, "", 3},
		{48 * time.Hour, "", 3}, // and nothing where nothing has changed
	} {
		l.now = l.now.Add(step.wait)
		if step.post != "" {
			l.grow(step.post)
		}
		l.runner.Round(t.Context())
		c, err := l.runner.Publisher().Latest(t.Context())
		if err != nil || c.Size != step.want || l.published().Size != step.want {
			t.Errorf("after %s: size %d, %v, want %d", step.wait, c.Size, err, step.want)
		}
		if err := signedBy(c.Note, []note.Verifier{key(t, 1)}, key(t, 1)); err != nil {
			t.Errorf("after %s: %v", step.wait, err)
		}
	}
}

func TestWhatIsReadStandsInTheFile(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	db := database(t)
	l := start(t, db, o.filed())
	for i, reference := range []string{"g/1", "g/2"} {
		if err := l.post(reference); err != nil {
			t.Fatal(err)
		}
		c, err := l.runner.Publisher().Latest(t.Context())
		if err != nil || c.Size != int64(i+1) || string(read(t, o.file)) != string(c.Note) {
			t.Fatalf("%d, %v, in the file\n%s", c.Size, err, read(t, o.file))
		}
	}
	// What another replica has published stands in this one's own file as well.
	other := start(t, db, publish.Options{File: o.file + ".2"})
	c, err := other.runner.Publisher().Latest(t.Context())
	if err != nil || string(read(t, o.file+".2")) != string(c.Note) {
		t.Errorf("%d, %v", c.Size, err)
	}
	left, err := filepath.Glob(filepath.Dir(o.file) + "/*.tmp")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestWhatCannotBeKeptIsNotServed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "gone")
	l := start(t, database(t), publish.Options{File: filepath.Join(dir, "checkpoint")})
	if err := l.post("g/1"); err != nil { // posting does not wait for it
		t.Fatal(err)
	}
	if c, err := l.runner.Publisher().Latest(t.Context()); err == nil {
		t.Errorf("served %d", c.Size)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := l.runner.Publisher().Latest(t.Context())
	if err != nil || c.Size != 1 {
		t.Errorf("%d, %v", c.Size, err)
	}
	if _, _, err := checkpoint.Open(read(t, filepath.Join(dir, "checkpoint")), key(t, 1)); err != nil {
		t.Error(err)
	}
}

// Reading, the runner's rounds and several replicas at once publish one history.
func TestReplicasPublishTogether(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	db := database(t)
	done := make(chan error)
	for _, name := range []string{"a", "b", "c"} {
		l := start(t, db, o.witnessed())
		l.runner.Round(t.Context())
		go func() {
			for _, n := range []string{"1", "2", "3", "4"} {
				if err := l.post(name + n); err != nil {
					done <- err
					return
				}
				l.runner.Round(t.Context())
			}
			_, err := l.runner.Publisher().Latest(t.Context())
			done <- err
		}()
	}
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	l := start(t, db, o.witnessed())
	l.runner.Round(t.Context())
	if err := signedBy(l.published().Note, []note.Verifier{o.key}, o.key); err != nil || l.published().Size != 12 {
		t.Errorf("%d, %v", l.published().Size, err)
	}
}
