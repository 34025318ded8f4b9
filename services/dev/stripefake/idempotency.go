package stripefake

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"
)

// keyLife is how long Stripe remembers an idempotency key.
const keyLife = 24 * time.Hour

// once runs effect under the lock, and no second time for an idempotency key
// that it knows: the same call gets the first answer again, another call with
// the key is refused, and so is a copy that arrives while the first is running.
func (s *Server) once(w http.ResponseWriter, r *http.Request, body []byte, effect func() keptAnswer) keptAnswer {
	key := r.Header.Get("Idempotency-Key")
	if key == "" || r.Method != http.MethodPost {
		return s.locked(effect)
	}
	if len(key) > 255 {
		return refusal(invalid("", "The idempotency key is longer than 255 characters."))
	}
	w.Header().Set("Idempotency-Key", key)
	digest := digestOf(r, body)
	return s.locked(func() keptAnswer {
		if s.now()-s.store.pruned >= int64(time.Hour/time.Second) {
			s.store.prune(s.now())
		}
		if kept, known := s.store.keys[key]; known && s.now()-kept.Created < int64(keyLife/time.Second) {
			if kept.Digest != digest {
				return refusal(keyReused())
			}
			w.Header().Set("Idempotent-Replayed", "true")
			return kept
		}
		answer := effect()
		answer.Digest, answer.Created = digest, s.now()
		if answer.Status != http.StatusTooManyRequests {
			s.store.keep(key, answer)
		}
		return answer
	})
}

// locked runs effect as one change of the state.
func (s *Server) locked(effect func() keptAnswer) keptAnswer {
	var answer keptAnswer
	if fault := s.update(func() *apiError { answer = effect(); return nil }); fault != nil {
		return refusal(fault)
	}
	return answer
}

func digestOf(r *http.Request, body []byte) string {
	h := sha256.New()
	h.Write([]byte(r.Method + " " + r.URL.RequestURI() + "\n"))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func refusal(e *apiError) keptAnswer { return keptAnswer{Status: e.status, Body: e.body()} }

func keyReused() *apiError {
	return &apiError{
		status: http.StatusBadRequest, Type: "idempotency_error",
		Message: "Keys for idempotent requests can only be used with the same parameters they were first used with.",
	}
}
