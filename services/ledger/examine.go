package ledger

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/doctor"
	"github.com/solidarity-fund/solidarity/services/internal/service"
)

// witnessAnswer is how long a witness may take to answer an examination.
const witnessAnswer = 5 * time.Second

// Examine says all that is wrong with what the service would run with, with its file
// of checkpoints and its witnesses.
func Examine(ctx context.Context, host service.Host, cfg Config) []doctor.Finding {
	return service.Examine(ctx, host, cfg, cfg.options(),
		doctor.Disk(cfg.CheckpointFile), doctor.Writable(cfg.CheckpointFile), examineWitnesses(ctx, cfg))
}

func examineWitnesses(ctx context.Context, cfg Config) []doctor.Finding {
	r := doctor.About("witnesses")
	policy, err := cfg.policy()
	if err != nil {
		return nil // the settings' fault, which is said there
	}
	if policy == nil {
		remedy := "ask others to run `solidarity witness` and give --witness-policy (docs/operations.md, Checkpoints and witnesses)"
		if cfg.CheckpointFile == "" {
			r.Fault("neither a checkpoint file nor a witness: a database that was brought back from an older copy would not be noticed", "give --checkpoint-file; "+remedy)
			return r.Findings()
		}
		r.Warn("there is no witness: only this installation remembers what it has published", remedy)
		return r.Findings()
	}
	answering := map[string]bool{}
	for _, w := range policy.Witnesses() {
		if err := reach(ctx, w.URL); err != nil {
			r.Warn(fmt.Sprintf("witness %s does not answer at %s", w.Name, w.URL), "tell whoever runs it")
			continue
		}
		answering[w.Name] = true
	}
	if !policy.Reached(answering) {
		r.Fault("too many witnesses are silent for the policy's quorum", "tell whoever runs them; a ledger without its checkpoint file waits for them")
	}
	return r.Findings()
}

// reach asks an address for anything. A witness has nothing to give to who only looks.
func reach(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, witnessAnswer)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask witness: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask witness: %w", err)
	}
	return resp.Body.Close()
}
