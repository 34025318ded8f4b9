package devclock

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
)

// attend answers whoever moves the clock for the agendas of one process, and leaves in
// the folder where it does so.
func (f *Folder) attend(ctx context.Context, name string, agendas ...clock.Agenda) (end func(), err error) {
	key, err := os.ReadFile(f.path("key"))
	if err != nil {
		return nil, fmt.Errorf("read key of clock: %w", err)
	}
	lis, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("attend the clock: %w", err)
	}
	if err := f.leave(name, lis.Addr().String()); err != nil {
		lis.Close()
		return nil, err
	}
	server := &http.Server{
		Handler: guard(string(key), answers(agendas)), ReadHeaderTimeout: time.Second,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(lis)
	}()
	return func() {
		_ = server.Close()
		<-done
	}, nil
}

// leave writes where a process answers.
func (f *Folder) leave(name, address string) error {
	tmp := f.path(name + ".new")
	if err := os.WriteFile(tmp, []byte(address), 0o600); err != nil {
		return fmt.Errorf("attend the clock: %w", err)
	}
	if err := os.Rename(tmp, f.path(name+".address")); err != nil {
		return fmt.Errorf("attend the clock: %w", err)
	}
	return nil
}

// guard lets through who has the folder's key: a port may be another installation's by now.
func guard(key string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+key)) != 1 {
			http.Error(w, "another installation", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// answers are what can be asked: what is next, and that all be done that is due.
func answers(agendas []clock.Agenda) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /next", answer(func(ctx context.Context, until time.Time) (first time.Time, err error) {
		for _, a := range agendas {
			at, err := a.Next(ctx, until)
			if err != nil {
				return time.Time{}, err
			}
			if !at.IsZero() {
				first, until = at, at
			}
		}
		return first, nil
	}))
	mux.HandleFunc("POST /settle", answer(func(ctx context.Context, moment time.Time) (all clock.Settled, err error) {
		for _, a := range agendas {
			s, err := a.Settle(ctx, moment)
			if err != nil {
				return all, err
			}
			all.Done, all.Failing = all.Done+s.Done, all.Failing+s.Failing
		}
		return all, nil
	}))
	return mux
}

// answer makes a handler of a function of a time.
func answer[T any](ask func(context.Context, time.Time) (T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		at, err := time.Parse(time.RFC3339Nano, r.FormValue("at"))
		if err != nil {
			http.Error(w, "at: no time", http.StatusBadRequest)
			return
		}
		result, err := ask(r.Context(), at)
		if err != nil && !errors.Is(err, context.Canceled) {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(result)
	}
}
