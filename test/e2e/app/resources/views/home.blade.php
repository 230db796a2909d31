<!doctype html>
<html lang="en">
<head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>FinTrack</title>
    <link rel="stylesheet" href="{{ asset('build/'.json_decode(file_get_contents(public_path('build/manifest.json')), true)['app.css']['file']) }}">
</head>
<body>
    <h1>FinTrack</h1>
    <dl>
        <dt>Your visits</dt>
        <dd id="visits">{{ $visits }}</dd>
        <dt>Transactions booked</dt>
        <dd id="transactions">{{ $transactions }}</dd>
    </dl>
</body>
</html>
