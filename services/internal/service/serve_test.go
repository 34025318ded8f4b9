package service_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/dev/tlstest"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/service"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// serve runs the service access and returns where, and what stops it.
func (w *world) serve(o service.Server) (address string, stop func()) {
	w.t.Helper()
	address = tlstest.FreeAddress(w.t)
	w.settings.Listen = address
	ctx, cancel := context.WithCancel(context.Background())
	s := w.open(ctx, w.options())
	done := w.run(ctx, s, o)
	return address, sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("serve: %v", err)
		}
		s.Close()
	})
}

// run serves beside the test, with who calls itself.
func (w *world) run(ctx context.Context, s *service.Service, o service.Server) chan error {
	w.t.Helper()
	staff, err := s.Staff(ctx, accessv1.NewAccessServiceClient(s.Peer("ledger")))
	if err != nil {
		w.t.Fatal(err)
	}
	o.Authenticator = staff
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, o) }()
	return done
}

func TestAServiceTellsItsHealthToWhoHasACertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	h := health.NewServer()
	h.SetServingStatus("a.part", healthv1.HealthCheckResponse_NOT_SERVING)
	address, stop := w.serve(service.Server{Register: people{}.register, Health: h})
	defer stop()

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	client := healthv1.NewHealthClient(w.authority.Dial(address, "gateway", "access"))
	for part, want := range map[string]healthv1.HealthCheckResponse_ServingStatus{
		"": healthv1.HealthCheckResponse_SERVING, "a.part": healthv1.HealthCheckResponse_NOT_SERVING,
	} {
		if resp, err := client.Check(ctx, &healthv1.HealthCheckRequest{Service: part}); err != nil || resp.GetStatus() != want {
			t.Errorf("%q: %v, %v", part, resp.GetStatus(), err)
		}
	}
	// A certificate of another authority counts for nothing.
	brief, done := context.WithTimeout(t.Context(), time.Second)
	defer done()
	conn := tlstest.New(t).Dial(address, "gateway", "access")
	if _, err := healthv1.NewHealthClient(conn).Check(brief, &healthv1.HealthCheckRequest{}); err == nil {
		t.Error("a stranger was answered")
	}
}

// A pooler gives each transaction another session: jobs, which listen, go past it.
func TestJobsListenOnADirectConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, direct := range []bool{true, false} {
		w.settings.JobsURL = ""
		if direct {
			w.settings.JobsURL = w.settings.DatabaseURL + "&application_name=direct"
		}
		_, stop := w.serve(service.Server{Register: people{}.register})
		db := w.open(t.Context(), w.options())
		listening := func() bool {
			var there bool
			if err := db.DB.Pool.QueryRow(t.Context(), `
				SELECT EXISTS (SELECT FROM pg_stat_activity
				WHERE datname = current_database() AND (application_name = 'direct') = $1 AND query ILIKE 'LISTEN%')`, direct).Scan(&there); err != nil {
				t.Fatal(err)
			}
			return there
		}
		for deadline := time.Now().Add(20 * time.Second); !listening(); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("directly %t: nobody listens there", direct)
			}
		}
		db.Close()
		stop()
	}
}

// A call that runs when the service is told to stop is answered, and duties are done
// until it is; then they end, the last before Serve returns, with the database still
// there.
func TestCallsEndBeforeDutiesAndDutiesBeforeConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var happened events
	release := make(chan struct{})
	p := people{asked: make(chan struct{}, 1), hold: make(chan struct{})}
	o := service.Server{Register: p.register}
	address := tlstest.FreeAddress(t)
	w.settings.Listen = address
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := w.open(ctx, w.options())
	o.Duties = []duty.Duty{{
		Kind: "thing", Owed: func(context.Context, time.Time, string, int) ([]string, error) { return nil, nil },
		Do: func(ctx context.Context, id string) error {
			if id == "slow" {
				happened.add("slow begins")
				<-release
			}
			_, err := s.DB.Pool.Exec(ctx, `INSERT INTO things (id) VALUES ($1)`, id)
			if err == nil {
				happened.add(id + " is done")
			}
			return err
		},
	}}
	served := w.run(ctx, s, o)

	// Given a call that runs
	called := make(chan error, 1)
	go func() {
		client := accessv1.NewAccessServiceClient(w.authority.Dial(address, "families", "access"))
		_, err := client.ResolveCaller(context.WithoutCancel(ctx), &accessv1.ResolveCallerRequest{Issuer: "i", Subject: "s"})
		happened.add("the call is answered")
		called <- err
	}()
	<-p.asked
	// When the service is told to stop
	cancel()
	// Then what is owed meanwhile is done, until the call is answered,
	owe(t, s, "meanwhile")
	happened.await(t, "meanwhile is done")
	owe(t, s, "slow")
	happened.await(t, "slow begins")
	close(p.hold)
	if err := <-called; err != nil {
		t.Errorf("the running call: %v", err)
	}
	// and what runs then is finished.
	close(release)
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
	want := []string{"meanwhile is done", "slow begins", "the call is answered", "slow is done"}
	if got := happened.all(); !slices.Equal(got, want) {
		t.Errorf("happened %q, want %q", got, want)
	}
	// Nothing is done any more, though the database is there until Close.
	owe(t, s, "too late")
	time.Sleep(300 * time.Millisecond)
	if got := happened.all(); len(got) != len(want) {
		t.Errorf("after the end: %q", got)
	}
	s.Close()
	if err := s.DB.Pool.Ping(t.Context()); err == nil {
		t.Error("the database is open after Close")
	}
}

func TestAPortInUseIsAnErrorBeforeAnyDutyIsDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	address, stop := w.serve(service.Server{Register: people{}.register})
	defer stop()
	w.settings.Listen = address
	s := w.open(t.Context(), w.options())
	defer s.Close()
	owe(t, s, "x")
	did := make(chan struct{}, 1)
	err := <-w.run(t.Context(), s, service.Server{Register: people{}.register, Duties: []duty.Duty{{
		Kind: "thing", Owed: func(context.Context, time.Time, string, int) ([]string, error) { return nil, nil },
		Do: func(context.Context, string) error { did <- struct{}{}; return nil },
	}}})
	if err == nil || len(did) > 0 {
		t.Errorf("error %v, duties done: %d", err, len(did))
	}
}

// owe puts a duty into the job table.
func owe(t *testing.T, s *service.Service, id string) {
	t.Helper()
	err := s.DB.InTx(context.Background(), func(ctx context.Context, tx pgx.Tx) error {
		return s.Queue.Enqueue(ctx, tx, "thing", id)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// events are what has happened, in order.
type events struct {
	mu   sync.Mutex // guards list
	list []string
}

func (e *events) add(what string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, what)
}

func (e *events) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.list)
}

func (e *events) await(t *testing.T, what string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !slices.Contains(e.all(), what); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q did not happen; happened %q", what, e.all())
		}
	}
}
