-- Each connection sends prepared applications, one after another, each once; statuses are counted.
-- When the time is over, or all are sent, nothing more is sent; a thread ends when all it sent is answered.
local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long ns; } instant; int clock_gettime(int clock, instant *now);")
local MONOTONIC, NEVER = 1, 1e9
local counter = 0
local threads = {}

local function now()
  local found = ffi.new("instant")
  ffi.C.clock_gettime(MONOTONIC, found)
  return tonumber(found.s) + tonumber(found.ns) / 1e9
end

function setup(thread)
  thread:set("number", counter)
  counter = counter + 1
  table.insert(threads, thread)
end

function init(args)
  lines = {}
  for line in io.lines(args[1] .. number) do table.insert(lines, line) end
  at, granted, answered, s2, s3, s4, s5 = 0, 0, 0, 0, 0, 0, 0
  path, seconds, begun, ended = args[2], tonumber(args[3]), 0, 0
end

-- Asked before each request, in milliseconds: at once, as long as there is time and one is left.
function delay()
  if begun == 0 then begun = now() end
  if now() - begun < seconds and granted < #lines - 1 then -- the first thread's first is taken by a trial of wrk
    granted = granted + 1
    return 0
  end
  return NEVER
end

function request()
  at = at + 1
  local cookie, from, body = lines[at]:match("([^\t]*)\t([^\t]*)\t(.*)")
  return wrk.format("POST", path, {
    ["Cookie"] = cookie, ["Content-Type"] = "application/x-www-form-urlencoded", ["X-Forwarded-For"] = from,
  }, body)
end

function response(status)
  if status < 300 then s2 = s2 + 1 elseif status < 400 then s3 = s3 + 1
  elseif status < 500 then s4 = s4 + 1 else s5 = s5 + 1 end
  answered, ended = answered + 1, now()
  if answered == granted and (ended - begun >= seconds or granted == #lines - 1) then wrk.thread:stop() end
end

function done(summary, latency)
  local total = {s2 = 0, s3 = 0, s4 = 0, s5 = 0, granted = 0, answered = 0}
  local first, last = math.huge, 0
  for _, thread in ipairs(threads) do
    for name in pairs(total) do total[name] = total[name] + thread:get(name) end
    first, last = math.min(first, thread:get("begun")), math.max(last, thread:get("ended"))
  end
  local e = summary.errors
  print(string.format(
    'RESULT {"seconds": %.3f, "accepted": %d, "moved": %d, "refused": %d, "failed": %d, "p50": %.1f, "p99": %.1f, "lost": %d}',
    last - first, total.s2, total.s3, total.s4, total.s5, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, math.max(e.connect + e.read + e.write + e.timeout, total.granted - total.answered)))
end
