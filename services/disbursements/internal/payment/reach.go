package payment

// ReachDays is for how many days a family counts that a sender has paid.
const ReachDays = 90
