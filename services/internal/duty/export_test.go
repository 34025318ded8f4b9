package duty

// Pause is the wait after an attempt.
var Pause = pause
