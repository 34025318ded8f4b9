package stripefake

import (
	"encoding/json"
	"net/http"
	"time"
)

// controls serves what makes the fake a fake, under /_fake/: the server's
// methods, for callers in another process.
func (s *Server) controls() {
	s.mux.HandleFunc("PUT /_fake/account", s.controlAccount)
	s.mux.HandleFunc("PUT /_fake/webhooks", s.controlWebhooks)
	s.mux.HandleFunc("POST /_fake/disruptions", s.controlDisruption)
	s.mux.HandleFunc("POST /_fake/triggers", s.controlTrigger)
	s.mux.HandleFunc("POST /_fake/events/{id}/redeliver", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Redeliver(r.PathValue("id")); err != nil {
			http.Error(w, "no such event", http.StatusNotFound)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
	s.mux.HandleFunc("GET /_fake/events", func(w http.ResponseWriter, _ *http.Request) { show(w, s.Events()) })
	s.mux.HandleFunc("GET /_fake/requests", func(w http.ResponseWriter, _ *http.Request) { show(w, s.Requests()) })
}

func (s *Server) controlWebhooks(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Webhooks
		ShuffleMillis    int64 `json:"shuffleMillis"`
		FirstRetryMillis int64 `json:"firstRetryMillis"`
	}
	if !read(w, r, &body) {
		return
	}
	if body.Copies < 0 || body.LosePercent < 0 || body.LosePercent > 100 || body.ShuffleMillis < 0 {
		http.Error(w, "a number is out of range", http.StatusBadRequest)
		return
	}
	body.Shuffle = time.Duration(body.ShuffleMillis) * time.Millisecond
	body.FirstRetry = time.Duration(body.FirstRetryMillis) * time.Millisecond
	s.SetWebhooks(body.Webhooks)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) controlDisruption(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Disruption
		DelayMillis int64 `json:"delayMillis"`
	}
	if !read(w, r, &body) {
		return
	}
	body.Disruption.Delay = time.Duration(body.DelayMillis) * time.Millisecond
	if err := s.Disrupt(body.Disruption); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		http.Error(w, "the body is not the JSON that is expected", http.StatusBadRequest)
		return false
	}
	return true
}

func show(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) //nolint:errcheck // a caller that is gone
}
