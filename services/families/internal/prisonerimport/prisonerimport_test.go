package prisonerimport_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestAnImportMovesForwardOnly(t *testing.T) {
	t.Parallel()
	states := []prisonerimport.State{
		prisonerimport.Parsing, prisonerimport.Staged, prisonerimport.Merging, prisonerimport.Merged, prisonerimport.Failed, "",
	}
	legal := map[[2]prisonerimport.State]bool{
		{prisonerimport.Parsing, prisonerimport.Staged}: true, {prisonerimport.Parsing, prisonerimport.Failed}: true,
		{prisonerimport.Staged, prisonerimport.Failed}:  true, // nobody merged it in time, or another merge overtook it
		{prisonerimport.Staged, prisonerimport.Merging}: true, {prisonerimport.Merging, prisonerimport.Merged}: true,
	}
	for _, from := range states {
		for _, to := range states {
			if err := prisonerimport.Move(from, to); (err == nil) != legal[[2]prisonerimport.State{from, to}] {
				t.Errorf("from %q to %q: %v", from, to, err)
			}
		}
	}
}

func TestTheImporterCannotMerge(t *testing.T) {
	t.Parallel()
	if err := prisonerimport.CheckMerger("staff/a", "staff/a"); !fault.Is(err, "SAME_PERSON") {
		t.Errorf("the importer: %v", err)
	}
	if err := prisonerimport.CheckMerger("staff/a", "staff/b"); err != nil {
		t.Errorf("another: %v", err)
	}
}

func TestOnePersonIsTheSamePersonInAnyOrderOfNames(t *testing.T) {
	t.Parallel()
	key := func(name, born string) string {
		return prisonerimport.Row{Facts: prisoner.Facts{FullName: name, BirthDate: born}}.PersonKey()
	}
	if key("Іван Першы", "1980") != key("ПЕРШЫ,  іван", "1980") {
		t.Error("order, case or commas of a name make two people")
	}
	if key("Іван Першы", "1980") == key("Іван Першы", "1981") {
		t.Error("two birth dates make one person")
	}
	if key("Іван Першы", "") != "" {
		t.Error("a person without a birth date has a key")
	}
	anonymous := prisonerimport.Row{Anonymous: true, Facts: prisoner.Facts{FullName: "Citizen K.", BirthDate: "1980"}}
	if anonymous.PersonKey() != "" {
		t.Error("an anonymous person has a key")
	}
	repaired := prisonerimport.Row{Facts: prisoner.Facts{FullName: "Iван Першы", Repaired: "Іван Першы", BirthDate: "1980"}}
	if repaired.PersonKey() != key("Іван Першы", "1980") {
		t.Error("a look-alike letter makes another person")
	}
}

func TestAnAddressIsTheSameWithOrWithoutItsSlash(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://list.example/1", "https://list.example/1/", " HTTPS://list.example/1"} {
		if got := (prisonerimport.Row{URL: url}).URLKey(); got != "https://list.example/1" {
			t.Errorf("%q has the key %q", url, got)
		}
	}
}

func TestOnlyBlockingComplaintsHoldARowBack(t *testing.T) {
	t.Parallel()
	row := prisonerimport.Row{Complaints: []prisonerimport.Complaint{{Column: "birthday", Reason: "FUTURE_DATE"}}}
	if row.Blocked() {
		t.Error("a future date holds a row back")
	}
	row.Complaints = append(row.Complaints, prisonerimport.Complaint{Reason: "NO_NAME", Blocking: true})
	if !row.Blocked() {
		t.Error("a row without a name is not held back")
	}
}
