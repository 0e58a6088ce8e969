package mapping

import "strings"

var risk = [...]Pair[string, string]{
	{"very high", "1"},
	{"high", "2"},
	{"moderate", "3"},
	{"low", "4"},
}

// Risk maps the labels of change_request.risk to its values. The column is a number;
// a label is silently dropped. Newer instances know 2, 3 and 4 only. Case and space
// around do not matter.
func Risk() Map[string, string] { return folded(risk[:]) }

var level = [...]Pair[string, string]{
	{"high", "1"},
	{"medium", "2"},
	{"low", "3"},
}

// Impact maps the labels of impact to its values. Case and space around do not
// matter.
func Impact() Map[string, string] { return folded(level[:]) }

// Urgency maps the labels of urgency to its values; they are those of Impact.
func Urgency() Map[string, string] { return folded(level[:]) }

// ValueOf reads a text that is a label of a column or a value of it: of [Risk], both
// "moderate" and "3" are "3". Anything else is unmapped, and the reason names the
// choices.
func ValueOf(labels Map[string, string], s string) Answer[string] {
	if labels.Back(s).Method == ByTable {
		return Answer[string]{s, ByTable, show(s) + " is a value"}
	}
	if a := labels.Get(s); a.Method == ByTable {
		return a
	}
	var known []string
	for _, p := range labels.Pairs() {
		known = append(known, p.Key+" ("+p.Value+")")
	}
	return Answer[string]{Reason: show(s) + " is no choice: use one of " + strings.Join(known, ", ")}
}

var priorityLabel = [...]Pair[string, string]{
	{"critical", "1"},
	{"high", "2"},
	{"moderate", "3"},
	{"low", "4"},
	{"planning", "5"},
}

// PriorityLabel maps the labels of priority to its values. Case and space around do
// not matter.
func PriorityLabel() Map[string, string] { return folded(priorityLabel[:]) }

var changePriority = [...]Pair[string, string]{
	{"production", "2"},
}

const changePriorityOtherwise = "3"

// ChangePriority maps a deployment's environment to the priority of its change
// (003-05): "production", exactly so, is 2, all else 3. WithForm([Fold]) takes
// "Production" for the same. There is no way back.
func ChangePriority() Map[string, string] {
	return of(changePriority[:]).Otherwise(changePriorityOtherwise)
}

// The first word of each code is the way back.
var changeCloseCode = [...]Pair[string, string]{
	{"succeeded", "successful"},
	{"success", "successful"},
	{"partiallySucceeded", "successful_issues"},
	{"failed", "unsuccessful"},
	{"error", "unsuccessful"},
	{"canceled", "unsuccessful"},
	{"terminated", "unsuccessful"},
	{"denied", "unsuccessful"},
}

// ChangeCloseCode maps how a build ended, in the words of Azure DevOps and
// Codefresh, to change_request.close_code: successful, successful_issues or
// unsuccessful (003-20). A build that has not ended is unmapped: a change is not
// closed on a guess.
func ChangeCloseCode() Map[string, string] { return of(changeCloseCode[:]) }
