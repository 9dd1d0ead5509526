-- Each connection sends prepared applications, one after another, each once; statuses are counted.
local counter = 0
local threads = {}

function setup(thread)
  thread:set("number", counter)
  counter = counter + 1
  table.insert(threads, thread)
end

function init(args)
  lines = {}
  for line in io.lines(args[1] .. number) do table.insert(lines, line) end
  at, s2, s3, s4, s5 = 0, 0, 0, 0, 0
  path = args[2]
end

function request()
  at = at + 1
  if at > #lines then
    wrk.thread:stop()
    at = #lines
  end
  local cookie, from, body = lines[at]:match("([^\t]*)\t([^\t]*)\t(.*)")
  return wrk.format("POST", path, {
    ["Cookie"] = cookie, ["Content-Type"] = "application/x-www-form-urlencoded", ["X-Forwarded-For"] = from,
  }, body)
end

function response(status)
  if status < 300 then s2 = s2 + 1 elseif status < 400 then s3 = s3 + 1
  elseif status < 500 then s4 = s4 + 1 else s5 = s5 + 1 end
end

function done(summary, latency)
  local total = {s2 = 0, s3 = 0, s4 = 0, s5 = 0}
  for _, thread in ipairs(threads) do
    for name in pairs(total) do total[name] = total[name] + thread:get(name) end
  end
  local e = summary.errors
  print(string.format(
    'RESULT {"seconds": %.3f, "accepted": %d, "moved": %d, "refused": %d, "failed": %d, "p50": %.1f, "p99": %.1f, "lost": %d}',
    summary.duration / 1e6, total.s2, total.s3, total.s4, total.s5, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, e.connect + e.read + e.write + e.timeout))
end
