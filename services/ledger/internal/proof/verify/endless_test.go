package verify_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// most is more than a verification may ask of a source that shows nothing right.
const most = 1000

// endless is a server that goes on for ever where it is changed to, and counts what
// it is asked for.
type endless struct {
	*bundletest.Server
	asked atomic.Int64
	// list and books show more than the server has, where they are set.
	list  func(from int64) tables.List
	books func(fn func(tables.Record) error) error
}

func (e *endless) count() error {
	if e.asked.Add(1) > most {
		return fmt.Errorf("it was asked more than %d times", most)
	}
	return nil
}

func (e *endless) Tile(ctx context.Context, path string) ([]byte, error) {
	if err := e.count(); err != nil {
		return nil, err
	}
	return e.Server.Tile(ctx, path)
}

func (e *endless) Checkpoints(ctx context.Context, from int64) (tables.List, error) {
	if err := e.count(); err != nil || e.list == nil {
		list, other := e.Server.Checkpoints(ctx, from)
		if err == nil {
			err = other
		}
		return list, err
	}
	return e.list(from), nil
}

func (e *endless) Books(ctx context.Context, size int64, fn func(tables.Record) error) error {
	if e.books == nil {
		return e.Server.Books(ctx, size, fn)
	}
	return e.books(fn)
}

// huge makes a checkpoint over more leaves than there are, signed by some key.
func huge(t *testing.T, by *checkpoint.Signer) []byte {
	t.Helper()
	signed, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: bundletest.Origin, Size: 1 << 62}, by)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func other(t *testing.T) *checkpoint.Signer {
	t.Helper()
	s, err := checkpoint.GenerateSigner(bundletest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ends verifies a source that must not keep the verification, and returns the
// findings.
func ends(t *testing.T, src bundle.Source, keys ...note.Verifier) (verify.Report, string) {
	t.Helper()
	r, err := verify.Run(t.Context(), verify.Options{Source: src, Keys: keys, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if r.OK() {
		t.Fatal("nothing was found")
	}
	return r, lines(r)
}

func TestALogOfMissingFilesIsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(300).Seal(t)
	l.SetCheckpoint(huge(t, other(t)))
	if r, found := ends(t, &endless{Server: &bundletest.Server{Log: l, Silent: true}}); !r.Stopped || !strings.Contains(found, "MISSING") {
		t.Errorf("%+v", r)
	}
}

func TestALogThatNoGivenKeyCanHaveSignedIsReadOnlyAsFarAsOneHas(t *testing.T) {
	t.Parallel()
	s := history(t)
	thief := other(t)
	s.SetCheckpoint(huge(t, thief))
	e := &endless{Server: s}
	r, found := ends(t, e, s.Key(t))
	if !r.Stopped || r.Signed || !strings.Contains(found, "SIGNATURE") {
		t.Errorf("%+v", r)
	}
	// He names his key as one of the log, and shows more checkpoints, of his own.
	e = &endless{Server: s, list: func(from int64) tables.List {
		keys := []tables.Key{{Verifier: s.Signer.VerifierKey()}, {Verifier: thief.VerifierKey()}}
		page := []tables.Published{{Size: from, Previous: from - 1, Note: huge(t, thief)}}
		return tables.List{Keys: keys, Checkpoints: page}
	}}
	s.Published = nil
	r, found = ends(t, e, s.Key(t))
	if !r.Stopped || r.Transactions > 0 || !strings.Contains(found, "SIGNATURE") {
		t.Errorf("%+v", r)
	}
	// In a folder there is nothing beside his checkpoint.
	l := bundletest.Story(t).Seal(t)
	signed, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: bundletest.Origin, Size: int64(len(l.Leaves))}, thief)
	if err != nil {
		t.Fatal(err)
	}
	l.SetCheckpoint(signed)
	r, found = ends(t, l, l.Key(t))
	if !r.Stopped || r.Transactions > 0 || !strings.Contains(found, "SIGNATURE") {
		t.Errorf("%+v", r)
	}
}

func TestAListOfCheckpointsWithoutAnEndEnds(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]func(from int64) tables.List{
		"beyond the head": func(from int64) tables.List {
			return tables.List{Checkpoints: []tables.Published{{Size: from, Previous: from - 1}}}
		},
		"the largest again and again": func(int64) tables.List {
			return tables.List{Checkpoints: []tables.Published{{Size: math.MaxInt64, Previous: -1}}}
		},
		"the same again and again": func(int64) tables.List {
			return tables.List{Checkpoints: []tables.Published{{Size: 3, Previous: -1}}}
		},
		"negative": func(int64) tables.List {
			return tables.List{Checkpoints: []tables.Published{{Size: math.MinInt64, Previous: -1}}}
		},
		"of keys": func(int64) tables.List { return tables.List{Keys: make([]tables.Key, 100_000)} },
	} {
		if _, found := ends(t, &endless{Server: history(t), list: list}); !strings.Contains(found, "CHECKPOINTS") {
			t.Errorf("%s: %s", name, found)
		}
	}
}

func TestBooksWithoutAnEndEnd(t *testing.T) {
	t.Parallel()
	s := history(t)
	for name, record := range map[string]tables.Record{
		"wrong":   {Wrong: "x"},
		"head":    s.Records[0],
		"balance": {Balance: &tables.Balance{}},
		"day":     {Day: &tables.Day{}},
	} {
		r, _ := ends(t, &endless{Server: s, books: func(fn func(tables.Record) error) error {
			for range 1_000_000 {
				if err := fn(record); err != nil {
					return err
				}
			}
			return fmt.Errorf("the books were read to the end")
		}})
		if !r.Stopped {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// counted counts the tiles that are read.
type counted struct {
	*bundletest.Log
	asked atomic.Int64
}

func (c *counted) Tile(ctx context.Context, path string) ([]byte, error) {
	c.asked.Add(1)
	return c.Log.Tile(ctx, path)
}

// A day that stays open for ever, from the first leaf on, makes no close read the
// leaves before it again.
func TestManyClosesReadEachLeafOnce(t *testing.T) {
	t.Parallel()
	l := bundletest.New(t)
	l.Post(leaf.Donation, "2099-01-01", "far", "donations/d_0", bundletest.D("asset:stripe", 7), bundletest.C("fund:general:clearing", 7))
	day := leaf.Day(20000)
	first := day.String()
	for range 300 {
		l.Post(leaf.Donation, day.String(), "g/"+day.String(), "donations/d_1", bundletest.D("asset:stripe", 1), bundletest.C("fund:general:clearing", 1))
		l.Post(leaf.Donation, (day + 5).String(), "h/"+day.String(), "donations/d_1", bundletest.D("asset:stripe", 2), bundletest.C("fund:general:clearing", 2))
		l.Close(first, day.String(), (day + 1).String())
		day++
		first = day.String()
	}
	c := &counted{Log: l.Seal(t)}
	r, err := verify.Run(t.Context(), verify.Options{Source: c, TempDir: t.TempDir(), Anybody: true})
	if err != nil || !r.OK() || r.Closes != 300 {
		t.Fatalf("%+v, %v", r, err)
	}
	if tiles := r.Size/256 + 1; c.asked.Load() > 3*tiles {
		t.Errorf("%d tiles were read, there are %d of leaves", c.asked.Load(), tiles)
	}
	for _, x := range l.Leaves {
		if x.Close != nil {
			x.Close.Accounts++
		}
	}
	if r, _ := ends(t, l.Seal(t)); !r.Stopped {
		t.Errorf("wrong closes: %+v", r)
	}
}
