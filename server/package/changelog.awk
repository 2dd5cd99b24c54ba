# CHANGELOG.md in the form of Debian Policy 4.4: "## VERSION, YYYY-MM-DD" (or "## Unreleased", which is what is
# built) begins a version; each paragraph and each item of a list becomes an item.
# Takes: version, of the newest part; date, of parts without one (RFC 5322).

function end_item() {
  if (item == "") return
  line = "  *"
  count = split(item, words, /[ \t]+/)
  for (i = 1; i <= count; ++i) {
    if (words[i] == "") continue
    if (length(line " " words[i]) > 78) { print line; line = "   " }
    line = line " " words[i]
  }
  print line
  item = ""
}

function end_part() {
  end_item()
  if (when != "") print "\n -- Waystation maintainers <maintainers@waystation.invalid>  " when "\n"
}

function rfc5322(day,   text, command) {
  command = "LC_ALL=C date -u -R -d " day
  command | getline text
  close(command)
  return text
}

/^## / {
  end_part()
  when = match($0, /[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]/) ? rfc5322(substr($0, RSTART, RLENGTH)) : date
  name = $2
  sub(/,$/, "", name)
  print "waystation (" (first++ ? name : version) ") unstable; urgency=medium\n"
  next
}
when == "" || /^#/ { next }
/^[ \t]*$/ { end_item(); next }
/^[-*] / { end_item(); item = substr($0, 3); next }
{ item = item " " $0 }
END { end_part() }
