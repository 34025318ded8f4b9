package period

import (
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Ages bound the classes of age, in days: up to 30, 60 and 90, and older.
const (
	classDays = 30
	classes   = 4
)

// Item is what stands on a suspense, transit or cash account.
type Item struct {
	leaf.Account
	// Balance is credits less debits in minor units, not zero.
	Balance int64
	// Oldest is the booking date of the oldest part that is still open.
	Oldest leaf.Day
	// Ages split the balance by days of age on the last day: up to 30, 31 to 60,
	// 61 to 90, older.
	Ages [classes]int64
}

// Age returns the days from the oldest open part to the last day.
func (i Item) Age(last leaf.Day) int { return int(last) - int(i.Oldest) }

// lot is what is still open of one day's movement.
type lot struct {
	day leaf.Day
	net int64
}

// items lists what is open by age. days are by account, currency and day.
func items(last leaf.Day, days []DayTotal) []Item {
	var out []Item
	for begin := 0; begin < len(days); {
		end := begin
		for end < len(days) && days[end].Account == days[begin].Account {
			end++
		}
		if open := unsettled(days[begin:end]); len(open) > 0 && !isBank(days[begin].Account) {
			out = append(out, item(last, days[begin].Account, open))
		}
		begin = end
	}
	return out
}

func item(last leaf.Day, a leaf.Account, open []lot) Item {
	i := Item{Account: a, Oldest: open[0].day}
	for _, l := range open {
		i.Balance += l.net
		age := max(int(last)-int(l.day)-1, 0) / classDays
		i.Ages[min(age, classes-1)] += l.net
	}
	return i
}

// unsettled plays an account's movements through, first in, first out: what goes
// the other way settles the oldest open part first. What is left has one sign.
func unsettled(days []DayTotal) []lot {
	var open []lot
	for _, d := range days {
		net := d.Net
		for net != 0 && len(open) > 0 && (open[0].net < 0) != (net < 0) {
			if rest := open[0].net + net; rest != 0 && (rest < 0) == (open[0].net < 0) {
				open[0].net, net = rest, 0
				break
			}
			net += open[0].net
			open = open[1:]
		}
		if net != 0 {
			open = append(open, lot{day: d.Day, net: net})
		}
	}
	return open
}
