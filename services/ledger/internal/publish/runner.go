package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

const (
	// pause is the time between two rounds.
	pause = 5 * time.Second
	// witnessTime bounds one call to a witness.
	witnessTime = 10 * time.Second
	// roundTime bounds a round: a witness may be asked for several checkpoints.
	roundTime = time.Minute
	// generationsAhead is how many changes of the key an older copy of the books may
	// have missed and still know the file as its own.
	generationsAhead = 8
)

// Options are what a runner needs.
type Options struct {
	// Store is the ledger.
	Store Store
	// Origin is the first line of each checkpoint.
	Origin string
	// Seed returns the 32 secret bytes of a generation of the signing key, from 1.
	Seed func(generation int) []byte
	// Generation is the generation of the signing key that shall sign; 0 changes
	// nothing. The books know the one that does.
	Generation int
	// Days is the least number of days between two checkpoints, 0 for none.
	Days int
	// File is where the last published checkpoint is kept outside the database;
	// empty for nowhere.
	File string
	// Policy names the witnesses that are asked; nil for none.
	Policy *checkpoint.Policy
	// Log takes what the operator must know.
	Log *slog.Logger
	// Now is the clock.
	Now func() time.Time
}

// Runner publishes checkpoints whether or not anybody reads them, brings them to
// the witnesses, and opens and shuts the gate by what it hears. Begin comes first,
// then Start, or calls of Round from one goroutine.
type Runner struct {
	options   Options
	gate      *Gate
	publisher *Publisher
	witnesses []*feeder
	rounds    sync.Mutex      // one round at a time; guards what follows
	filed     bool            // the file was there at the start
	answered  map[string]bool // witnesses that have agreed since the start
}

// New returns a runner whose gate is shut until Begin.
func New(o Options) (*Runner, error) {
	r := &Runner{options: o, gate: &Gate{}, answered: map[string]bool{}}
	r.publisher = &Publisher{
		store: o.Store, keys: keys{o.Store, o.Origin, o.Seed}, gate: r.gate,
		file: file(o.File), days: o.Days, log: o.Log, now: o.Now, durable: -1,
	}
	if o.Policy == nil {
		return r, nil
	}
	r.publisher.witnesses = o.Policy.Keys()
	client := &http.Client{Timeout: witnessTime, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a witness answers where the policy says
	}}
	everybody := map[string]bool{}
	for _, w := range o.Policy.Witnesses() {
		everybody[w.Name] = true
		r.witnesses = append(r.witnesses, newFeeder(w, r.publisher, client, o.Now))
	}
	if !o.Policy.Reached(everybody) {
		return nil, errors.New("the witness policy: its quorum needs witnesses that have no address")
	}
	return r, nil
}

// Gate returns the gate that postings must ask.
func (r *Runner) Gate() *Gate { return r.gate }

// Publisher returns the publisher.
func (r *Runner) Publisher() *Publisher { return r.publisher }

// Begin compares the log with the file. Where there is no witness to ask it opens the
// gate; otherwise the first round does. The error is about reading, or about keys that
// are not those of the books. A ledger that is behind is no error: its gate stays shut.
func (r *Runner) Begin(ctx context.Context) error {
	if err := r.introduce(ctx); err != nil {
		return fmt.Errorf("begin to publish: %w", err)
	}
	there, err := r.recall(ctx)
	if err != nil {
		return fmt.Errorf("begin to publish: %w", err)
	}
	if err := r.compare(ctx); err != nil && !errors.Is(err, errBehind) {
		return fmt.Errorf("begin to publish: %w", err)
	}
	if !there && len(r.witnesses) == 0 && r.options.Days > 0 {
		r.options.Log.WarnContext(ctx, "nothing outside the database remembers this log: a copy that is too old would not be noticed")
	}
	if len(r.witnesses) == 0 {
		r.gate.Open()
	}
	return nil
}

// recall reads the file; false where there is none. An older copy of the books may
// not know the key that has signed it, so that some generations more are tried.
func (r *Runner) recall(ctx context.Context) (bool, error) {
	p := r.publisher
	known, err := p.keys.known(ctx)
	if err != nil {
		return false, err
	}
	ours, err := p.keys.verifiers(len(known) + generationsAhead)
	if err != nil {
		return false, err
	}
	kept, there, err := p.file.read(r.options.Origin, ours)
	if err != nil || !there {
		return false, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r.filed, p.base, p.durable = true, kept, kept.Size
	return true, nil
}

// introduce tells the operator the key that signs and the one that would be next:
// witnesses and auditors must know a key before it signs.
func (r *Runner) introduce(ctx context.Context) error {
	known, err := r.publisher.keys.known(ctx)
	if err != nil {
		return err
	}
	next, err := r.publisher.keys.signer(len(known) + 1)
	if err != nil {
		return err
	}
	r.options.Log.InfoContext(ctx, "checkpoints are signed", "generation", len(known),
		"key", known[len(known)-1].VerifierKey, "next_key", next.VerifierKey())
	return nil
}

// Start makes rounds until stop is called, which waits for the one that is running.
func (r *Runner) Start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			r.Round(ctx)
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// Round compares the log with what this process remembers of it and opens the gate
// where that may be. Where it is time it changes the key and publishes, and it brings
// what is published to the witnesses. What goes wrong is logged and tried again in a
// later round.
func (r *Runner) Round(ctx context.Context) {
	r.rounds.Lock()
	defer r.rounds.Unlock()
	ctx, cancel := context.WithTimeout(ctx, roundTime)
	defer cancel()
	err := r.compare(ctx)
	if r.gate.shut() {
		r.ask(ctx) // before anything is booked or signed
	}
	if err := errors.Join(err, r.publish(ctx)); err != nil && ctx.Err() == nil {
		r.options.Log.WarnContext(ctx, "checkpoint not published, will be tried again", "error", err)
	}
	r.ask(ctx)
}

// ask brings to each witness what it has not cosigned, and opens the gate once
// enough have agreed; where the file agrees, once they have been asked.
func (r *Runner) ask(ctx context.Context) {
	var all sync.WaitGroup
	results := make([]error, len(r.witnesses))
	for i, w := range r.witnesses {
		all.Go(func() { results[i] = w.deliver(ctx) })
	}
	all.Wait()
	for i, w := range r.witnesses {
		r.conclude(ctx, w, results[i])
	}
	if len(r.witnesses) > 0 && (r.filed || r.options.Policy.Reached(r.answered)) && ctx.Err() == nil {
		r.gate.Open()
	}
}

// conclude draws the conclusion from what came of asking a witness.
func (r *Runner) conclude(ctx context.Context, w *feeder, err error) {
	switch {
	case w.agreed:
		r.answered[w.name] = true
	case isAhead(err):
		r.publisher.refuse(ctx, "a witness has seen more of the log, or another one", "witness", w.name, "error", err)
		return
	}
	if err != nil && !errors.Is(err, errPatience) && ctx.Err() == nil {
		r.options.Log.WarnContext(ctx, "witness not reached, will be tried again", "witness", w.name, "error", err)
	}
}

// publish changes the key and publishes, if the gate is open.
func (r *Runner) publish(ctx context.Context) error {
	if r.gate.shut() {
		return nil
	}
	rotated, refused := r.publisher.keys.rotate(ctx, r.options.Generation, leaf.DayOf(r.options.Now()))
	if rotated {
		r.options.Log.InfoContext(ctx, "signing key rotated", "generation", r.options.Generation)
	}
	_, err := r.publisher.latest(ctx, true)
	return errors.Join(refused, err)
}
