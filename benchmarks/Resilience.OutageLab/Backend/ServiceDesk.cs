namespace Resilience.OutageLab.Backend;

/// <summary>
/// Workers that serve one request at a time, and the queue before them. Each service begins when the one before was due to end, not when a late timer
/// noticed, so that the capacity is what it says on a busy machine too. Who has left is served all the same. Thread-safe.
/// </summary>
internal sealed class ServiceDesk
{
    private const long Frozen = 100 * LabTime.Millisecond; // Later than any timer: the process stood still, and did no work meanwhile.

    private readonly object _gate = new(); // Not a Lock: the thread that serves waits on it.
    private readonly PriorityQueue<Job, long> _working = new();
    private readonly Queue<Job> _waiting = new();
    private Behaviour _behaviour;
    private long _since = LabTime.Now;

    public ServiceDesk(Behaviour behaviour)
    {
        _behaviour = behaviour;
        new Thread(Work) { IsBackground = true, Name = "Serves", Priority = ThreadPriority.AboveNormal }.Start();
    }

    public void Behave(Behaviour behaviour)
    {
        lock (_gate)
        {
            (_behaviour, _since) = (behaviour, LabTime.Now);
            Fill(_since);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends when served, or is null when the queue is full.</summary>
    public Task? Enter(long now)
    {
        var job = new Job(now);
        lock (_gate)
        {
            if (_working.Count < _behaviour.WorkersAt(now - _since) && _waiting.Count == 0)
                Start(job, now);
            else if (_behaviour.QueueLimit > 0 && _waiting.Count >= _behaviour.QueueLimit)
                return null;
            else
                _waiting.Enqueue(job);
            if (_working.Peek() == job)
                Monitor.Pulse(_gate);
        }

        return job.Done.Task;
    }

    private void Start(Job job, long at) => _working.Enqueue(job, at + _behaviour.ServiceAt(at - _since));

    private void Fill(long at)
    {
        while (_waiting.Count > 0 && _working.Count < _behaviour.WorkersAt(at - _since))
        {
            var job = _waiting.Dequeue();
            Start(job, Math.Max(at, job.Arrived));
        }
    }

    private void Work()
    {
        lock (_gate)
        {
            while (true)
            {
                var now = LabTime.Now;
                var wait = Timeout.Infinite;
                while (_working.TryPeek(out var job, out var due))
                {
                    if (due > now)
                    {
                        wait = (int)Math.Clamp((due - now + LabTime.Millisecond - 1) / LabTime.Millisecond, 1, 1000);
                        break;
                    }

                    _working.Dequeue();
                    job.Done.SetResult();
                    Fill(now - due > Frozen ? now : due);
                }

                Monitor.Wait(_gate, wait);
            }
        }
    }

    private sealed class Job(long arrived)
    {
        public long Arrived => arrived;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
