package story

import (
	"context"
	"fmt"
	"net/url"

	"golang.org/x/sync/errgroup"
)

// clash is what is held back together.
type clash struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Etag string `json:"etag"`
}

// decisionAbout is what people decide about a clash of the made-up list, in which people
// who share a name are two.
func decisionAbout(c clash) string {
	switch c.Kind {
	case "PRISONER_IMPORT_CLASH_KIND_SAME_ID":
		return "PRISONER_IMPORT_CLASH_DECISION_SAME_PERSON"
	case "PRISONER_IMPORT_CLASH_KIND_ANONYMOUS", "PRISONER_IMPORT_CLASH_KIND_UNREADABLE":
		return "PRISONER_IMPORT_CLASH_DECISION_UNUSABLE"
	}
	return "PRISONER_IMPORT_CLASH_DECISION_ANOTHER_PERSON"
}

// decideClashes lets two people read and decide each row that was held back.
func (t *teller) decideClashes(ctx context.Context, imported prisonerImport) error {
	decided := 0
	for {
		var page struct {
			Clashes []clash `json:"clashes"`
		}
		filter := url.QueryEscape(`state = "OPEN"`)
		if err := t.staff["kasia"].Get(ctx, "/v1/"+imported.Name+"/clashes?pageSize=500&filter="+filter, &page); err != nil {
			return err
		}
		if len(page.Clashes) == 0 {
			break
		}
		decided += len(page.Clashes)
		// In turns: a row may be in several, and what is decided of it in one is decided.
		g, groupCtx := errgroup.WithContext(ctx)
		g.SetLimit(8)
		kind := page.Clashes[0].Kind
		for _, c := range page.Clashes {
			if c.Kind == kind {
				g.Go(func() error { return t.decide(groupCtx, c) })
			} else {
				decided--
			}
		}
		if err := g.Wait(); err != nil {
			return err
		}
	}
	if err := t.staff["kasia"].Get(ctx, "/v1/"+imported.Name, &imported); err != nil {
		return err
	}
	if imported.HeldBackRows != 0 {
		return fmt.Errorf("%d rows of the list are held back still", imported.HeldBackRows)
	}
	t.summary.Prisoners = imported.MergedRows
	t.say("Two people read each row that was held back and decide what it is, in %d decisions; %d prisoners are known now.", decided, imported.MergedRows)
	return nil
}

// decide lets a caseworker propose and a verifier agree, both having read the rows.
func (t *teller) decide(ctx context.Context, c clash) error {
	if err := t.staff["kasia"].Post(ctx, "/v1/"+c.Name+":read", map[string]any{}, nil); err != nil {
		return err
	}
	if err := t.staff["kasia"].Post(ctx, "/v1/"+c.Name+":propose", map[string]any{"decision": decisionAbout(c)}, &c); err != nil {
		return err
	}
	if err := t.staff["adam"].Post(ctx, "/v1/"+c.Name+":read", map[string]any{}, nil); err != nil {
		return err
	}
	return t.staff["adam"].Post(ctx, "/v1/"+c.Name+":resolve", map[string]any{"etag": c.Etag}, nil)
}
