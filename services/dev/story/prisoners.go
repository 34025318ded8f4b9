package story

import (
	"context"
	"fmt"
	"io"
)

// sourceList is the made-up list's name.
const sourceList = "made-up"

type prisonerImport struct {
	Name         string `json:"name"`
	State        string `json:"state"`
	NewRows      int    `json:"newRows"`
	HeldBackRows int    `json:"heldBackRows"`
	MergedRows   int    `json:"mergedRows"`
	ParsedRows   int    `json:"parsedRows"`
}

// importPrisoners brings the list in by one person and merges it by another.
func (t *teller) importPrisoners(ctx context.Context) error {
	list, err := io.ReadAll(t.List)
	if err != nil {
		return fmt.Errorf("read list: %w", err)
	}
	var imported prisonerImport
	if err := t.staff["kasia"].Upload(ctx, "/v1/prisonerImports?sourceList="+sourceList, "text/csv", list, &imported); err != nil {
		return err
	}
	if err := refused("a merge by the person who imported", t.staff["kasia"].Post(ctx, "/v1/"+imported.Name+":merge",
		map[string]any{}, nil), "PERMISSION_DENIED"); err != nil {
		return err
	}
	if err := t.staff["adam"].Post(ctx, "/v1/"+imported.Name+":merge", map[string]any{}, &imported); err != nil {
		return err
	}
	if err := until(ctx, "merging of the list", func(ctx context.Context) (bool, error) {
		err := t.staff["adam"].Get(ctx, "/v1/"+imported.Name, &imported)
		return imported.State == "PRISONER_IMPORT_STATE_MERGED", err
	}); err != nil {
		return err
	}
	t.summary.Prisoners = imported.MergedRows
	t.say("A list of %d prisoners is imported by one person and merged by another; %d clashing or anonymous rows are held back.",
		imported.ParsedRows, imported.HeldBackRows)
	if err := t.decideClashes(ctx, imported); err != nil {
		return err
	}
	return t.choosePrisoners(ctx)
}

// choosePrisoners remembers as many prisoners as there shall be families; the
// register lists them without names.
func (t *teller) choosePrisoners(ctx context.Context) error {
	var page struct {
		Prisoners []struct{ Name string } `json:"prisoners"`
	}
	if err := t.staff["kasia"].Get(ctx, fmt.Sprintf("/v1/prisoners?pageSize=%d", t.Families), &page); err != nil {
		return err
	}
	for _, p := range page.Prisoners {
		t.prisoners = append(t.prisoners, p.Name)
	}
	if len(t.prisoners) < t.Families {
		return fmt.Errorf("the register lists %d prisoners, the story needs %d", len(t.prisoners), t.Families)
	}
	return nil
}
